const GROUP = /\B(?=(\d{3})+$)/g

/** A whole number with its thousands apart. */
export function grouped(value: bigint | number): string {
  return String(value).replace(GROUP, ',')
}

/** Token units as a decimal number, every digit of it: nothing is rounded. */
export function exact(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals).replace(GROUP, ',')
  const part = decimals === 0 ? '' : digits.slice(-decimals).replace(/0+$/, '')
  return part === '' ? whole : `${whole}.${part}`
}
