/** What a validator says of herself on Ethereum: who she is, what she keeps, which key signs. */
import { address } from '@omg/protocol'
import {
  describeValidator,
  domainOf,
  getValidatorSet,
  MAX_DESCRIPTION_BYTES,
  proveSigningKey,
  setCommission,
  setSigner,
} from '@omg/rootchain'
import type { Command } from 'commander'
import { privateKeyToAccount } from 'viem/accounts'
import { requiredValidatorKey } from '../account/validatorKey.ts'
import { type Answer, action } from '../action.ts'
import { addressOf, openClient } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { openStake, poolOf, whenItCounts } from '../stake/network.ts'
import { type KeyOptions, proofOf } from '../stake/proof.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { withProgress } from '../terminal/progress.ts'

const EXAMPLES = `
They are sent by the account that has bonded (--account); the key that signs checkpoints may be another, and should be.

Examples:
  $ omg validator describe "Lantern, lantern.example" --account val
  $ omg validator commission 5 --account val          5 % of what delegators earn
  $ OMG_VALIDATOR_KEY=0x... omg validator prove 0x... --json > key.json     where the key is, for the account that bonds
  $ omg stake 10000 --proof key.json --account val    where the account is
  $ omg validator rotate --proof key.json --account val`

/** Adds them to `omg validator`. */
export function recordCommands(group: Command): void {
  group
    .command('describe <text>')
    .description('say who you are, for everybody who chooses a validator')
    .addHelpText('after', EXAMPLES)
    .action(action(describe))
  group
    .command('commission <percent>')
    .description("the part of your delegators' rewards that you keep")
    .addHelpText('after', EXAMPLES)
    .action(action(commission))
  group
    .command('prove <account>')
    .description('prove that the key in OMG_VALIDATOR_KEY signs for an account; the proof is no secret')
    .addHelpText('after', EXAMPLES)
    .action(action(prove))
  group
    .command('rotate')
    .description('change the key that signs checkpoints')
    .option('--signer <account>', 'account whose key signs from now on')
    .option('--proof <file>', 'what "omg validator prove --json" wrote where the new key is')
    .addHelpText('after', EXAMPLES)
    .action(action<KeyOptions>(rotate))
}

async function describe(session: Session, _: object, [description = '']: string[]): Promise<Answer> {
  const bytes = Buffer.byteLength(description)
  if (bytes > MAX_DESCRIPTION_BYTES) {
    const message = `a description has at most ${MAX_DESCRIPTION_BYTES} bytes, this one has ${bytes}`
    throw cliError('request.argument', message)
  }
  const { rootChain, own } = await openStake(session, { key: true })
  const { validator } = await poolOf(rootChain, own())
  const { transactionHash } = await withProgress('describing the validator', () =>
    describeValidator(rootChain, { description }),
  )
  return { json: { validator, description, transactionHash }, text: `${validator} is described` }
}

async function commission(session: Session, _: object, [text = '']: string[]): Promise<Answer> {
  const bps = bpsOf(text)
  const { rootChain, own } = await openStake(session, { key: true })
  const { validator } = await poolOf(rootChain, own())
  const { transactionHash } = await withProgress('setting the commission', () =>
    setCommission(rootChain, { bps }),
  )
  return {
    json: { validator, commissionBps: bps, transactionHash },
    text: `${validator} keeps ${(bps / 100).toFixed(2)} %\n${await whenItCounts(rootChain)}`,
  }
}

/** Hundredths of a percent; the bound is that of the contract, which also knows by how much it may rise. */
function bpsOf(text: string): number {
  const match = /^(\d{1,2})(?:\.(\d{1,2}))?$/.exec(text)
  if (!match) throw cliError('request.argument', `"${text}" is no percentage like 5 or 2.5`)
  return 100 * Number(match[1]) + Number((match[2] ?? '').padEnd(2, '0'))
}

async function prove(session: Session, _: object, [name = '']: string[]): Promise<Answer> {
  const key = requiredValidatorKey()
  const validator = addressOf(session, name)
  const client = await openClient(session, { key: false })
  const { deployment } = await client.rootChain()
  const proof = await proveSigningKey(privateKeyToAccount(key), validator, domainOf(deployment))
  return { json: { validator, ...proof }, text: `${proof.signer} signs for ${validator}: ${proof.signature}` }
}

async function rotate(session: Session, options: KeyOptions): Promise<Answer> {
  if (options.signer === undefined && options.proof === undefined)
    throw cliError('request.argument', 'which key? --signer or --proof')
  const { rootChain, own } = await openStake(session, { key: true })
  const { validator, signer: former } = await poolOf(rootChain, own())
  const key = await proofOf(session, options, validator, rootChain.deployment)
  const { transactionHash } = await withProgress('changing the key', () => setSigner(rootChain, { key }))
  const set = await getValidatorSet(rootChain)
  const isNamed = set?.validators.some(({ signer }) => address(signer) === former) ?? false
  const { validatorSetOverlap } = rootChain.deployment.parameters
  return {
    json: { validator, signer: key.signer, former, transactionHash },
    text: [
      `${validator} signs with ${key.signer}. ${await whenItCounts(rootChain)}`,
      ...(isNamed
        ? [
            `Until then, and for ${formatSeconds(validatorSetOverlap)} after it, ${former} signs for the set that names it: keep that key, and destroy it no earlier.`,
          ]
        : []),
      'Start a node with the new key when the new set is published (docs/validators.md).',
    ].join('\n'),
  }
}
