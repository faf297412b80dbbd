import { describe, expect, it } from 'vitest'
import { AlarmBook } from './alarm/book.ts'
import { Heartbeat } from './heartbeat.ts'

function fixture() {
  const clock = { now: 0 }
  const now = () => clock.now
  const graces = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }
  const alarms = new AlarmBook({ now, graces })
  const heartbeat = new Heartbeat(['node', 'ethereum'], { now, alarms, limitMilliseconds: 1000 })
  return { clock, alarms, heartbeat, standing: () => alarms.standing().map(({ subject }) => subject) }
}

describe('Heartbeat', () => {
  it('raises an alarm for the part that fell silent, and resolves it when it beats again', () => {
    const { clock, heartbeat, standing } = fixture()
    for (clock.now = 500; clock.now <= 1500; clock.now += 500) {
      heartbeat.beat('ethereum')
      heartbeat.check()
    }
    expect(standing()).toEqual(['node'])
    expect(heartbeat.alive()).toBe(false)
    heartbeat.beat('node')
    heartbeat.check()
    expect(standing()).toEqual([])
    expect(heartbeat.alive()).toBe(true)
  })

  it('tells afterwards that the whole process was frozen', () => {
    const { clock, heartbeat, standing } = fixture()
    clock.now = 60_000
    heartbeat.check()
    expect(standing()).toEqual(['process', 'node', 'ethereum'])
    heartbeat.beat('node')
    heartbeat.beat('ethereum')
    clock.now += 500
    heartbeat.check()
    expect(standing()).toEqual([])
  })
})
