import { styleText } from 'node:util'

/** Colours appear only on a terminal, and never where NO_COLOR is set. */
const paint =
  (format: Parameters<typeof styleText>[0]) =>
  (text: string): string =>
    styleText(format, text, { stream: process.stdout, validateStream: true })

export const bold = paint('bold')
export const dim = paint('dim')
export const good = paint('green')
export const bad = paint('red')
export const warn = paint('yellow')
export const accent = paint('cyan')

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences this file itself writes
const ESCAPES = /\u001b\[[0-9;]*m/g

/** The number of columns a text takes. */
export const widthOf = (text: string): number => text.replaceAll(ESCAPES, '').length
