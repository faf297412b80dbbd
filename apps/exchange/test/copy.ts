import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { isSound } from './desk.ts'

// Copies of an account, as people save and restore them.

/** Saves the encrypted copy of the account whose sheet is open; a passphrase is typed twice, and is long enough. */
export async function saveEncrypted(page: Page, passphrase: string): Promise<string> {
  const form = page.getByRole('form', { name: 'Encrypted file' })
  const save = form.getByRole('button', { name: 'Save an encrypted file' })
  const [first, second] = [form.getByLabel('Passphrase'), form.getByLabel('The same again')]
  await first.fill('too short')
  await second.fill('too short')
  await form.getByText('It is too short').waitFor()
  await first.fill(passphrase)
  await second.fill('another')
  await form.getByText('It is not the same').waitFor()
  expect(await save.getAttribute('aria-disabled')).toBe('true')
  await second.fill(passphrase)
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()])
  await form.getByText('Saved. Keep the passphrase, too.').waitFor()
  expect(await first.inputValue()).toBe('')
  return readFileSync(await download.path(), 'utf8')
}

/** Restores from a copy, after a key that is none, a broken file and a wrong passphrase. */
export async function restoreFrom(page: Page, file: string, passphrase: string): Promise<void> {
  const way = page.getByRole('dialog').getByRole('region', { name: 'From a copy' })
  const open = (text: string) =>
    way
      .locator('input[type=file]')
      .setInputFiles({ name: 'copy.json', mimeType: 'application/json', buffer: Buffer.from(text) })
  const restore = way.getByRole('button', { name: 'Restore' })
  await way.getByLabel('Key').fill('0x12')
  await restore.click()
  await way.getByText('That is no key of an account').waitFor()
  await open(file.slice(0, -20))
  await way.getByText('That is no key of an account').waitFor()
  await open(file.replace('"scrypt"', '"none"'))
  await way.getByLabel('Passphrase of copy.json').fill(passphrase)
  await restore.click()
  await way.getByText('This file is no backup').waitFor()
  await open(file)
  await way.getByLabel('Passphrase of copy.json').fill(`${passphrase}!`)
  await restore.click()
  await way.getByText('The passphrase does not open this file').waitFor()
  await isSound(page)
  await way.getByLabel('Passphrase of copy.json').fill(passphrase)
  await restore.click()
}
