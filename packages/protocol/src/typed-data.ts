import type { Address, Guard, Hash, Hex, OutputId } from './hex.ts'
import { keccak256, keccakHash } from './keccak.ts'
import { type Output, OutputType } from './output.ts'
import type { MoveInstruction, Pay } from './transaction/transaction.ts'
import { Writer } from './writer.ts'

/** Which chain a signature or an id belongs to. */
export interface Domain {
  /** Of Ethereum. */
  readonly chainId: bigint
  /** The RootChain contract. */
  readonly verifyingContract: Address
}

/** Lets `delegate` flag and exit outputs of `owner` for her. */
export interface ExitDelegate {
  readonly owner: Address
  readonly delegate: Address
  /** Seconds. */
  readonly validUntil: bigint
}

/** Lets `validator` bond the key `signer`. Names the key, because some key recovers from every signature. */
export interface SigningKey {
  /** The account that bonds. */
  readonly validator: Address
  /** The address of the key that will sign checkpoints, and that signs this. */
  readonly signer: Address
}

const NAME = 'OMG Network'
const VERSION = '3'

/** The EIP-712 types, as wallets need them. */
const TYPES = {
  EIP712Domain: [
    { name: 'name', type: 'string' },
    { name: 'version', type: 'string' },
    { name: 'chainId', type: 'uint256' },
    { name: 'verifyingContract', type: 'address' },
  ],
  Pay: [
    { name: 'inputs', type: 'bytes32[]' },
    { name: 'outputs', type: 'Output[]' },
    { name: 'validUntil', type: 'uint64' },
    { name: 'memo', type: 'bytes32' },
  ],
  Output: [
    { name: 'outputType', type: 'uint8' },
    { name: 'guard', type: 'bytes32' },
    { name: 'token', type: 'address' },
    { name: 'amount', type: 'uint128' },
  ],
  Move: [
    { name: 'steps', type: 'Step[]' },
    { name: 'validUntil', type: 'uint64' },
    { name: 'nonce', type: 'uint64' },
  ],
  Step: [
    { name: 'guard', type: 'bytes32' },
    { name: 'amount', type: 'uint128' },
    { name: 'to', type: 'bytes32' },
  ],
  Checkpoint: [{ name: 'header', type: 'bytes32' }],
  ExitDelegate: [
    { name: 'owner', type: 'address' },
    { name: 'delegate', type: 'address' },
    { name: 'validUntil', type: 'uint64' },
  ],
  SigningKey: [
    { name: 'validator', type: 'address' },
    { name: 'signer', type: 'address' },
  ],
} as const

type StructName = keyof typeof TYPES

const DOMAIN_TYPE = typeHash('EIP712Domain')
const PAY_TYPE = typeHash('Pay', 'Output')
const OUTPUT_TYPE = typeHash('Output')
const MOVE_TYPE = typeHash('Move', 'Step')
const STEP_TYPE = typeHash('Step')
const CHECKPOINT_TYPE = typeHash('Checkpoint')
const EXIT_DELEGATE_TYPE = typeHash('ExitDelegate')
const SIGNING_KEY_TYPE = typeHash('SigningKey')
const NAME_HASH = keccak256(new TextEncoder().encode(NAME))
const VERSION_HASH = keccak256(new TextEncoder().encode(VERSION))

/** The EIP-712 domain separator. */
export function domainSeparator(domain: Domain): Hash {
  return keccakHash(
    new Writer(160)
      .raw(DOMAIN_TYPE)
      .raw(NAME_HASH)
      .raw(VERSION_HASH)
      .u256(domain.chainId)
      .paddedAddress(domain.verifyingContract)
      .finish(),
  )
}

/** What the owners of a PAY's inputs sign, and the PAY's `txHash`. */
export function payDigest(pay: Pay, domain: Domain): Hash {
  const inputs = new Writer(32 * pay.inputs.length)
  for (const input of pay.inputs) inputs.hash(input)
  const outputs = new Writer(32 * pay.outputs.length)
  for (const output of pay.outputs) outputs.raw(outputStructHash(output))
  const struct = new Writer(160)
    .raw(PAY_TYPE)
    .raw(keccak256(inputs.finish()))
    .raw(keccak256(outputs.finish()))
    .u256(pay.validUntil)
    .hash(pay.memo)
  return digest(struct, domain)
}

/** What the owner or agent of a MOVE signs: the steps without the live outputs, `validUntil` and `nonce`. */
export function instructionHash(move: MoveInstruction, domain: Domain): Hash {
  const steps = new Writer(32 * move.steps.length)
  for (const step of move.steps) {
    const struct = new Writer(128).raw(STEP_TYPE).hash(step.guard).u256(step.amount).hash(step.to)
    steps.raw(keccak256(struct.finish()))
  }
  const struct = new Writer(128)
    .raw(MOVE_TYPE)
    .raw(keccak256(steps.finish()))
    .u256(move.validUntil)
    .u256(move.nonce)
  return digest(struct, domain)
}

/** What validators sign for a checkpoint. */
export function checkpointDigest(headerHash: Hash, domain: Domain): Hash {
  return digest(new Writer(64).raw(CHECKPOINT_TYPE).hash(headerHash), domain)
}

/** What an owner signs to let a delegate act in the exit game for her. */
export function exitDelegateDigest(delegation: ExitDelegate, domain: Domain): Hash {
  const struct = new Writer(128)
    .raw(EXIT_DELEGATE_TYPE)
    .paddedAddress(delegation.owner)
    .paddedAddress(delegation.delegate)
    .u256(delegation.validUntil)
  return digest(struct, domain)
}

/** What a signing key signs before an account can bond it. */
export function signingKeyDigest({ validator, signer }: SigningKey, domain: Domain): Hash {
  const struct = new Writer(96).raw(SIGNING_KEY_TYPE).paddedAddress(validator).paddedAddress(signer)
  return digest(struct, domain)
}

/** A PAY for `eth_signTypedData_v4`; JSON-safe, integers are decimal strings. */
export function payTypedData(pay: Pay, domain: Domain) {
  return {
    domain: typedDomain(domain),
    types: { EIP712Domain: TYPES.EIP712Domain, Pay: TYPES.Pay, Output: TYPES.Output },
    primaryType: 'Pay' as const,
    message: {
      inputs: [...pay.inputs] as OutputId[],
      outputs: pay.outputs.map(typedOutput),
      validUntil: pay.validUntil.toString(),
      memo: pay.memo,
    },
  }
}

/** A MOVE's instruction for `eth_signTypedData_v4`; JSON-safe. */
export function moveTypedData(move: MoveInstruction, domain: Domain) {
  return {
    domain: typedDomain(domain),
    types: { EIP712Domain: TYPES.EIP712Domain, Move: TYPES.Move, Step: TYPES.Step },
    primaryType: 'Move' as const,
    message: {
      steps: move.steps.map(step => ({
        guard: step.guard as Guard,
        amount: step.amount.toString(),
        to: step.to as Guard,
      })),
      validUntil: move.validUntil.toString(),
      nonce: move.nonce.toString(),
    },
  }
}

/** An exit delegation for `eth_signTypedData_v4`; JSON-safe. */
export function exitDelegateTypedData(delegation: ExitDelegate, domain: Domain) {
  return {
    domain: typedDomain(domain),
    types: { EIP712Domain: TYPES.EIP712Domain, ExitDelegate: TYPES.ExitDelegate },
    primaryType: 'ExitDelegate' as const,
    message: { ...delegation, validUntil: delegation.validUntil.toString() },
  }
}

/** A checkpoint for `eth_signTypedData_v4`, for validators whose key lives in a wallet; JSON-safe. */
export function checkpointTypedData(headerHash: Hash, domain: Domain) {
  return {
    domain: typedDomain(domain),
    types: { EIP712Domain: TYPES.EIP712Domain, Checkpoint: TYPES.Checkpoint },
    primaryType: 'Checkpoint' as const,
    message: { header: headerHash as Hex },
  }
}

/** The claim of a signing key for `eth_signTypedData_v4`, for keys that live in a wallet; JSON-safe. */
export function signingKeyTypedData({ validator, signer }: SigningKey, domain: Domain) {
  return {
    domain: typedDomain(domain),
    types: { EIP712Domain: TYPES.EIP712Domain, SigningKey: TYPES.SigningKey },
    primaryType: 'SigningKey' as const,
    message: { validator, signer },
  }
}

function typedDomain(domain: Domain) {
  return {
    name: NAME,
    version: VERSION,
    chainId: Number(domain.chainId),
    verifyingContract: domain.verifyingContract,
  }
}

function typedOutput(output: Output) {
  return {
    outputType: OutputType[output.type],
    guard: output.guard,
    token: output.token,
    amount: output.amount.toString(),
  }
}

function outputStructHash(output: Output): Uint8Array {
  return keccak256(
    new Writer(160)
      .raw(OUTPUT_TYPE)
      .u256(BigInt(OutputType[output.type]))
      .hash(output.guard)
      .paddedAddress(output.token)
      .u256(output.amount)
      .finish(),
  )
}

/** `keccak(0x1901 ‖ domainSeparator ‖ hashStruct)` (EIP-712). */
function digest(struct: Writer, domain: Domain): Hash {
  return keccakHash(
    new Writer(66).u16(0x1901).hash(cachedSeparator(domain)).raw(keccak256(struct.finish())).finish(),
  )
}

const separators = new WeakMap<Domain, Hash>()

/** A chain has one domain object and hashes millions of transactions with it. */
function cachedSeparator(domain: Domain): Hash {
  const cached = separators.get(domain)
  if (cached) return cached
  const separator = domainSeparator(domain)
  separators.set(domain, separator)
  return separator
}

/** `keccak(encodeType)`: the struct, then the structs it refers to. */
function typeHash(...structs: readonly StructName[]): Uint8Array {
  const text = structs.map(struct => {
    const fields = TYPES[struct].map(field => `${field.type} ${field.name}`)
    return `${struct}(${fields.join(',')})`
  })
  return keccak256(new TextEncoder().encode(text.join('')))
}
