import { expect, test } from 'vitest'
import { engineConformance, RecordingApplication } from './engine.conformance.ts'
import { SoloEngine, type SoloOptions } from './solo.ts'

const validator = { address: new Uint8Array(20).fill(1), power: 1n }

function solo(options: Partial<SoloOptions> = {}): SoloEngine {
  return new SoloEngine({
    chainId: 'test',
    validator,
    intervalMilliseconds: 1,
    hasWork: () => false,
    ...options,
  })
}

engineConformance('solo', async hasWork => ({ engine: solo({ hasWork }) }))

test('makes empty blocks if it is told to', async () => {
  const application = new RecordingApplication()
  const engine = solo({ emptyBlockMilliseconds: 5 })
  await engine.start(application)
  while (application.blocks.length < 3) await new Promise(resolve => setTimeout(resolve, 2))
  await engine.stop()
  expect(application.blocks.every(({ txs }) => txs.length === 0)).toBe(true)
})

test('work that cannot be told stalls the engine, and ends nothing', async () => {
  const application = new RecordingApplication()
  const stalls: string[] = []
  let asked = 0
  const hasWork = () => {
    if (++asked <= 2) throw new Error('the next block cannot be worked out')
    return application.blocks.length === 0
  }
  const engine = solo({ hasWork, onError: ({ code }) => stalls.push(code) })
  await engine.start(application)
  while (application.blocks.length < 1) await new Promise(resolve => setTimeout(resolve, 2))
  await engine.stop()
  expect(stalls).toEqual(['node.internal', 'node.internal'])
  expect(engine.status().stalled).toBeUndefined()
})
