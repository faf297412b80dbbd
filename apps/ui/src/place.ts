import { Fields } from '@omg/sdk'

const WEB = ['http:', 'https:']

/** `place.json`, which stands beside every page and names what there is. Each page takes from it what it needs. */
export class PlaceFile {
  readonly #fields: Fields

  /** Errors (thrown here and below): it is no such file, or names an address of another kind. */
  constructor(value: unknown) {
    this.#fields = new Fields(value, 'place')
  }

  /** WebSocket address of a node. */
  node(): string {
    return urlOf(this.#fields.text('node'), 'node', ['ws:', 'wss:'])
  }

  /** An address that must be there. */
  required(name: string): string {
    return urlOf(this.#fields.text(name), name, WEB)
  }

  /** An address, where there is one. */
  optional(name: string): string | undefined {
    return this.#fields.has(name) ? this.required(name) : undefined
  }

  /** Where test money is asked for, on test networks; its path is taken from where the file is. */
  faucet(file: URL): string | undefined {
    return this.#fields.has('faucet') ? new URL(this.#fields.text('faucet'), file).href : undefined
  }
}

/** Reads `place.json` as `placeFrom` sees it. Errors (thrown): the file is not there, or as {@link PlaceFile}. */
export async function readPlace<Place>(
  file: string,
  placeFrom: (value: unknown, file: URL) => Place,
): Promise<Place> {
  const response = await fetch(file, { cache: 'no-store' })
  if (!response.ok) throw new Error(`${file}: ${response.status}`)
  return placeFrom(await response.json(), new URL(file, location.href))
}

function urlOf(text: string, name: string, protocols: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !protocols.includes(url.protocol)) throw new Error(`place.json names no address of the ${name}`)
  return url.href
}
