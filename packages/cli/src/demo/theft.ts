import { ETHER, formatAmount } from '../terminal/amount.ts'
import type { Cast } from './cast.ts'
import type { Narrator } from './narrator.ts'

interface WatcherAlarm {
  code: string
  subject: string
  meaning: string
}

/** A20: Mallory spends a coin and then exits it as if she still had it. The watcher has seen her spend it. */
export async function theft({ stage, mallory, bob, onEthereum }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter(
    'Theft, stopped',
    'Mallory pays Bob with a coin, and then tries to withdraw the same coin on Ethereum.',
  )
  const amount = 10n ** 18n
  const { id } = await mallory.client.deposit({ amount })
  const { now: fee } = await mallory.client.quoteFee({})
  await narrator.wait('waiting for her deposit', () =>
    mallory.client.waitForOutput({ id, until: 'committed' }),
  )
  const payment = await mallory.client.pay({ to: bob.address, amount: amount - fee })
  await narrator.wait('waiting for her payment', () => mallory.client.waitForReceipt({ hash: payment.hash }))
  narrator.say(`Mallory pays Bob ${formatAmount(amount - fee, ETHER)} with her only coin`)
  narrator.check('the coin is spent', payment.inputs.join(), id)

  const started = Date.now()
  await mallory.client.startExit({ id })
  narrator.say('Mallory starts the exit of the coin that she has already spent')
  const [exit, alarm] = await narrator.wait('waiting for the watcher', async () => {
    for (;;) {
      const [seen, alarms] = await Promise.all([
        mallory.client.getExit({ id }),
        watcherAlarms(stage.watcherUrl),
      ])
      const raised = alarms.find(({ code, subject }) => code === 'exit.invalid' && subject.includes(id))
      if (seen?.status !== 'waiting' && raised !== undefined) return [seen, raised] as const
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  })
  narrator.say(`the watcher raised ${alarm.code}: ${alarm.meaning}`)
  narrator.check(
    `the exit is challenged, ${((Date.now() - started) / 1000).toFixed(1)} s after it began`,
    exit?.status,
    'challenged',
  )
  const { outputs } = await bob.client.getOutputs({ token: ETHER.address })
  const kept = outputs.find(output => output.id === payment.outputs[0]?.id)
  narrator.check('Bob keeps what she paid him', kept?.amount, amount - fee)
  // Her deposit, her bond and her gas are gone from the five ether that she began with.
  narrator.check(
    'Mallory has lost her bond',
    (await onEthereum(mallory.address, ETHER)) < 4n * 10n ** 18n - (exit?.bond ?? 0n),
    true,
  )
  narrator.done(`stopped by the watcher, ${formatAmount(exit?.bond ?? 0n, ETHER)} of bond lost`)
}

/** Standing and past alarms: a theft that is already answered has been resolved. */
async function watcherAlarms(watcherUrl: string): Promise<WatcherAlarm[]> {
  const lists = await Promise.all(
    ['standing', 'resolved'].map(async state => {
      const response = await fetch(`${watcherUrl}/alarms?state=${state}`, {
        signal: AbortSignal.timeout(5_000),
      })
      return ((await response.json()) as { alarms: WatcherAlarm[] }).alarms
    }),
  )
  return lists.flat()
}
