import type { Hash, OutputId, TxHash } from '@omg/protocol'
import type { ChallengeExitReturnType } from '@omg/sdk'
import type { Command } from 'commander'
import { type Answer, action } from '../action.ts'
import { openClient } from '../client.ts'
import { idOf } from '../terminal/id.ts'
import { withProgress } from '../terminal/progress.ts'

/** Stopping the exit of somebody else, with or without an announcement (A39). */
export function challengeCommands(exit: Command): void {
  exit
    .command('announce <exit>')
    .description('announce a challenge, so that nobody who copies it gets its reward')
    .option('--evidence <payment>', 'hash of the payment that spends the coin; default: what the node knows')
    .action(action(announce))
  exit
    .command('challenge <exit>')
    .description('stop the exit of a coin that its owner has spent')
    .action(action(challenge))
  exit
    .command('reveal <exit> <evidence> <salt>')
    .description('show an announcement, and take the reward from whoever copied the challenge')
    .action(action(reveal))
}

type Work<Options = Record<string, never>> = Parameters<typeof action<Options>>[0]

const announce: Work<{ evidence?: string }> = async (session, { evidence }, [text]) => {
  const id = idOf<Hash>(text)
  const given = evidence === undefined ? {} : { evidence: idOf<TxHash>(evidence) }
  const client = await openClient(session, { key: true })
  const announced = await withProgress('announcing on Ethereum', () =>
    client.announceChallenge({ id, ...given }),
  )
  return {
    json: announced,
    text: `Announced. Challenge before ${timeOf(announced.challengeUntil)}: omg exit challenge ${id}
If somebody was faster, within the time that this names:
  omg exit reveal ${id} ${announced.evidence} ${announced.salt}`,
  }
}

const challenge: Work = async (session, _options, [text]) => {
  const id = idOf<OutputId>(text)
  const client = await openClient(session, { key: true })
  const reward = await withProgress('challenging on Ethereum', () => client.challengeExit({ id }))
  return {
    json: reward,
    text: `Exit ${id} is stopped: its coin was spent by payment ${reward.evidence}.\n${next(id, reward)}`,
  }
}

const reveal: Work = async (session, _options, [text, evidence, salt]): Promise<Answer> => {
  const announcement = { exitId: idOf<Hash>(text), evidence: idOf<Hash>(evidence), salt: idOf<Hash>(salt) }
  const client = await openClient(session, { key: true })
  const reward = await withProgress('claiming the reward on Ethereum', () =>
    client.claimReward({ announcement }),
  )
  return { json: reward, text: `The reward is yours.\n${next(announcement.exitId, reward)}` }
}

const next = (id: Hash, { payableAt }: ChallengeExitReturnType) =>
  `Half of the bond can be claimed from ${timeOf(payableAt)} on: omg exit claim ${id}`

const timeOf = (seconds: bigint) => new Date(Number(seconds) * 1000).toISOString()
