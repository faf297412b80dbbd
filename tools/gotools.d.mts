export const GO_MINIMUM: readonly [number, number]
export function goTools(): string[]
export function goToolFolder(): string
export function goTool(name: string): string | undefined
export function findGo(): { version: string; missing?: undefined } | { missing: string; version?: undefined }
