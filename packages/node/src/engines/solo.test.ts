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
