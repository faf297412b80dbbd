/**
 * Writes protocol.vectors.json, which TypeScript and Solidity both run. Run it with
 * `node packages/protocol/vectors/generate.ts` after a deliberate change of docs/encoding.md.
 *
 * Every list holds flat objects with the same keys: bytes are hex strings, integers decimal strings, lane words 32
 * bytes of hex; so `vm.parseJsonBytesArray(json, '.outputs[*].bytes')` reads a column.
 */
import { writeFileSync } from 'node:fs'
import {
  addLanes,
  buildTree,
  checkpointDigest,
  concat,
  depositId,
  domainSeparator,
  EMPTY,
  encodeHeader,
  encodeInstruction,
  encodeMarketTerms,
  encodeMoveInputs,
  encodeOrderTerms,
  encodeOutput,
  encodePosition,
  encodeProof,
  encodeSignedTransaction,
  encodeSwapTerms,
  encodeTransaction,
  encodeWitness,
  exitDelegateDigest,
  feePoolId,
  type Header,
  headerContent,
  headerHash,
  inputsOf,
  instructionHash,
  isRenewal,
  leafHash,
  MAX_U64,
  marketId,
  nodeHash,
  OutputType,
  orderGuard,
  outputId,
  type PositionParts,
  packLanes,
  parsePosition,
  position,
  recoverSigner,
  renewableOf,
  signDigest,
  signingKeyDigest,
  swapGuard,
  type TreeLeaf,
  type TreeNode,
  type TxHash,
  toHex,
  transactionHash,
  treePath,
  unwrap,
  witnessHash,
  ZERO_HASH,
} from '../src/index.ts'
import { invalidVectors } from './invalid.ts'
import {
  ALICE,
  BOB,
  DOMAIN,
  HEADERS,
  hashOf,
  INSTRUCTIONS,
  KEYS,
  MARKETS,
  ORDER_TERMS,
  OTHER_DOMAIN,
  OUTPUTS,
  RENEWAL_AGE,
  RENEWALS,
  SIGNED,
  SWAP_TERMS,
} from './samples.ts'

/** All vectors, as they stand in the file. */
export function vectors() {
  return {
    domains: [DOMAIN, OTHER_DOMAIN].map(domain => ({
      chainId: domain.chainId.toString(),
      verifyingContract: domain.verifyingContract,
      separator: domainSeparator(domain),
    })),
    outputs: outputVectors(),
    positions: positionVectors(),
    transactions: transactionVectors(),
    moves: moveVectors(),
    instructions: entries(INSTRUCTIONS, signed => ({
      bytes: toHex(encodeInstruction(signed)),
      instructionHash: instructionHash(signed.instruction, DOMAIN),
    })),
    witnesses: witnessVectors(),
    orderTerms: entries(ORDER_TERMS, terms => ({
      bytes: toHex(encodeOrderTerms(terms)),
      guard: orderGuard(terms),
    })),
    swapTerms: entries(SWAP_TERMS, terms => ({
      bytes: toHex(encodeSwapTerms(terms)),
      guard: swapGuard(terms),
    })),
    markets: entries(MARKETS, terms => ({ bytes: toHex(encodeMarketTerms(terms)), id: marketId(terms) })),
    feePools: [
      { pool: '0', epoch: '0', id: feePoolId('stakers', 0n) },
      { pool: '1', epoch: '9', id: feePoolId('insurance', 9n) },
      { pool: '2', epoch: MAX_U64.toString(), id: feePoolId('burn', MAX_U64) },
    ],
    outputIds: outputIdVectors(),
    depositIds: depositIdVectors(),
    leaves: leafVectors(),
    nodes: nodeVectors(),
    empty: EMPTY,
    laneSums: laneSumVectors(),
    trees: treeVectors(),
    proofs: proofVectors(),
    headers: headerVectors(),
    renewals: renewalVectors(),
    exitDelegates: exitDelegateVectors(),
    signingKeys: signingKeyVectors(),
    signatures: signatureVectors(),
    invalid: invalidVectors(),
  }
}

/** The text of the file. */
export function vectorsText(): string {
  return `${JSON.stringify(vectors(), null, 2)}\n`
}

function entries<T, V>(
  samples: Readonly<Record<string, T>>,
  vector: (sample: T) => V,
): ({ name: string } & V)[] {
  return Object.entries(samples).map(([name, sample]) => ({ name, ...vector(sample) }))
}

function word(lanes: bigint): string {
  return `0x${lanes.toString(16).padStart(64, '0')}`
}

function outputVectors() {
  return entries(OUTPUTS, output => ({
    bytes: toHex(encodeOutput(output)),
    outputType: OutputType[output.type].toString(),
    guard: output.guard,
    token: output.token,
    amount: output.amount.toString(),
  }))
}

function positionVectors() {
  const parts: Record<string, PositionParts> = {
    zero: { checkpoint: 0n, sequence: 0, shard: 0, index: 0, output: 0 },
    'first deposit': { checkpoint: 0n, sequence: 1, shard: 0, index: 0, output: 0 },
    'first leaf': { checkpoint: 1n, sequence: 0, shard: 0, index: 0, output: 0 },
    'every part differs': { checkpoint: 5n, sequence: 0, shard: 6, index: 0x0708, output: 9 },
    'deposit after checkpoint 5': { checkpoint: 5n, sequence: 1, shard: 0, index: 0, output: 0 },
    'largest leaf': { checkpoint: 0xffff_ffffn, sequence: 0, shard: 255, index: 65_535, output: 255 },
    largest: { checkpoint: 0xffff_ffffn, sequence: 0xffff_ffff, shard: 255, index: 65_535, output: 255 },
  }
  return entries(parts, part => {
    const value = position(part)
    return {
      bytes: toHex(encodePosition(value)),
      value: value.toString(),
      checkpoint: parsePosition(value).checkpoint.toString(),
      sequence: part.sequence.toString(),
      shard: part.shard.toString(),
      index: part.index.toString(),
      output: part.output.toString(),
    }
  })
}

/** `inputs` is the ids of the inputs, joined; `hash` and `otherHash` are the hashes under the two domains. */
function transactionVectors() {
  return entries(SIGNED, signed => ({
    kind: toHex(encodeTransaction(signed.transaction).subarray(0, 1)),
    bytes: toHex(encodeTransaction(signed.transaction)),
    witness: toHex(encodeWitness(signed.witness)),
    signed: toHex(encodeSignedTransaction(signed)),
    inputs: `0x${inputsOf(signed.transaction)
      .map(input => input.slice(2))
      .join('')}`,
    hash: transactionHash(signed.transaction, DOMAIN),
    otherHash: transactionHash(signed.transaction, OTHER_DOMAIN),
    witnessHash: witnessHash(signed.witness),
  }))
}

function moveVectors() {
  return Object.entries(SIGNED).flatMap(([name, { transaction }]) =>
    transaction.kind !== 'move'
      ? []
      : [
          {
            name,
            bytes: toHex(encodeTransaction(transaction)),
            moveInputs: toHex(encodeMoveInputs(transaction)),
            instructionHash: instructionHash(transaction, DOMAIN),
            hash: transactionHash(transaction, DOMAIN),
          },
        ],
  )
}

function witnessVectors() {
  return entries(SIGNED, ({ witness }) => ({
    bytes: toHex(encodeWitness(witness)),
    hash: witnessHash(witness),
    signatures: witness.signatures.length.toString(),
    orderTerms: witness.orderTerms.length.toString(),
    swapTerms: witness.swapTerms.length.toString(),
    preimages: witness.preimage === undefined ? '0' : '1',
  }))
}

function outputIdVectors() {
  const txHash = hashOf('a transaction') as TxHash
  return [0, 1, 15, 31, 255].map(index => ({ txHash, index: index.toString(), id: outputId(txHash, index) }))
}

function depositIdVectors() {
  return Object.values(SIGNED).flatMap(({ transaction }) =>
    transaction.kind !== 'deposit'
      ? []
      : [
          {
            output: toHex(encodeOutput(transaction.output)),
            position: toHex(encodePosition(transaction.position)),
            id: depositId(transaction.output, transaction.position),
          },
        ],
  )
}

function leafVectors() {
  return [0, 1, 2, 16, 128].map(count => {
    const positions = Array.from({ length: count }, (_, i) =>
      position({ checkpoint: BigInt(i + 1), sequence: 0, shard: i, index: 3 * i, output: i % 16 }),
    )
    const parts = {
      txHash: hashOf(`transaction ${count}`) as TxHash,
      witnessHash: hashOf(`witness ${count}`),
      positions,
      lanes: packLanes([BigInt(count), 2n, 3n, 4n]),
    }
    return {
      txHash: parts.txHash,
      witnessHash: parts.witnessHash,
      positions: toHex(concat(...positions.map(encodePosition))),
      lanes: word(parts.lanes),
      hash: leafHash(parts),
    }
  })
}

function nodeVectors() {
  const empty: TreeNode = { hash: ZERO_HASH, lanes: 0n }
  const left: TreeNode = { hash: hashOf('left'), lanes: packLanes([1n, 2n, 3n, 4n]) }
  const right: TreeNode = { hash: hashOf('right'), lanes: packLanes([MAX_U64 - 1n, 5n, 0n, 1n]) }
  const pairs: [TreeNode, TreeNode][] = [
    [empty, empty],
    [left, empty],
    [left, right],
    [right, left],
  ]
  return pairs.map(([l, r]) => ({
    left: l.hash,
    leftLanes: word(l.lanes),
    right: r.hash,
    rightLanes: word(r.lanes),
    hash: nodeHash(l, r),
    lanes: word(unwrap(addLanes(l.lanes, r.lanes))),
  }))
}

/** `sum` is zero where a lane overflows. */
function laneSumVectors() {
  const pairs: [bigint, bigint][] = [
    [0n, 0n],
    [packLanes([1n, 2n, 3n, 4n]), packLanes([10n, 20n, 30n, 40n])],
    [packLanes([MAX_U64, MAX_U64, MAX_U64, MAX_U64]), 0n],
    ...[0, 1, 2, 3].map(
      lane => [packLanes(lanesWith(lane, MAX_U64)), packLanes(lanesWith(lane, 1n))] as [bigint, bigint],
    ),
    ...[0, 1, 2, 3].map(
      lane => [packLanes(lanesWith(lane, MAX_U64 - 1n)), packLanes(lanesWith(lane, 1n))] as [bigint, bigint],
    ),
  ]
  return pairs.map(([a, b]) => {
    const sum = addLanes(a, b)
    return { a: word(a), b: word(b), ok: sum.ok, sum: word(sum.ok ? sum.value : 0n) }
  })
}

function lanesWith(lane: number, value: bigint): [bigint, bigint, bigint, bigint] {
  const lanes: [bigint, bigint, bigint, bigint] = [0n, 0n, 0n, 0n]
  lanes[lane] = value
  return lanes
}

function treeSamples(): Record<string, TreeLeaf[]> {
  const leaf = (shard: number, index: number): TreeLeaf => ({
    path: treePath(shard, index),
    hash: hashOf(`leaf ${shard} ${index}`),
    lanes: packLanes([BigInt(shard + 1), BigInt(index), 0n, 7n]),
  })
  return {
    empty: [],
    'one leaf': [leaf(0, 0)],
    'two leaves': [leaf(0, 0), leaf(0, 1)],
    'five leaves': [0, 1, 2, 3, 4].map(index => leaf(0, index)),
    'three shards': [leaf(0, 0), leaf(0, 1), leaf(1, 0), leaf(1, 1), leaf(2, 0)],
    'the corners': [leaf(0, 0), leaf(0, 65_535), leaf(255, 0), leaf(255, 65_535)],
  }
}

function treeVectors() {
  return entries(treeSamples(), leaves => {
    const tree = buildTree(leaves)
    return {
      root: tree.root,
      lanes: word(tree.lanes),
      paths: leaves.map(leaf => leaf.path.toString()),
      leaves: leaves.map(leaf => leaf.hash),
      leafLanes: leaves.map(leaf => word(leaf.lanes)),
    }
  })
}

/** For each leaf its proof, and the proof broken in every part of the claim; and that a place is empty. */
function proofVectors() {
  return Object.entries(treeSamples()).flatMap(([name, leaves]) => {
    const tree = buildTree(leaves)
    const claim = (path: number, leaf: TreeNode) => ({
      name: `${name}, path ${path}`,
      valid: true,
      root: tree.root,
      rootLanes: word(tree.lanes),
      path: path.toString(),
      leaf: leaf.hash,
      leafLanes: word(leaf.lanes),
      proof: toHex(encodeProof(tree.proof(path))),
    })
    const empty = claim(treePath(7, 7), { hash: ZERO_HASH, lanes: 0n })
    const broken = leaves.flatMap(leaf => {
      const right = claim(leaf.path, leaf)
      return [
        { ...right, name: `${right.name}: another root`, valid: false, root: hashOf('another root') },
        { ...right, name: `${right.name}: other root lanes`, valid: false, rootLanes: word(tree.lanes + 1n) },
        { ...right, name: `${right.name}: another path`, valid: false, path: (leaf.path ^ 2).toString() },
        { ...right, name: `${right.name}: another leaf`, valid: false, leaf: hashOf('another leaf') },
        { ...right, name: `${right.name}: other leaf lanes`, valid: false, leafLanes: word(leaf.lanes + 1n) },
      ]
    })
    return [
      ...leaves.map(leaf => claim(leaf.path, leaf)),
      { ...empty, name: `${name}, nothing there` },
      ...broken,
    ]
  })
}

function headerVectors() {
  return entries(HEADERS, header => ({
    bytes: toHex(encodeHeader(header)),
    hash: headerHash(header),
    digest: checkpointDigest(headerHash(header), DOMAIN),
  }))
}

/** F1: a header, and another one of its number, which renews it or does not. */
function renewalVectors() {
  const renewed = {
    parentHash: hashOf('renewed parent'),
    originHash: hashOf('renewed origin'),
    validatorSetId: 9n,
  }
  return entries(RENEWALS, ({ header, next, distance }) => {
    const other: Header = { ...header, ...renewed, origin: header.origin + distance, ...next }
    return {
      header: toHex(encodeHeader(header)),
      next: toHex(encodeHeader(other)),
      content: headerContent(header),
      maxOriginAgeBlocks: RENEWAL_AGE.toString(),
      renews: isRenewal(renewableOf(header), renewableOf(other), RENEWAL_AGE),
    }
  })
}

function exitDelegateVectors() {
  return [1_800_000_000n, MAX_U64].map(validUntil => {
    const digest = exitDelegateDigest({ owner: ALICE, delegate: BOB, validUntil }, DOMAIN)
    return {
      owner: ALICE,
      delegate: BOB,
      validUntil: validUntil.toString(),
      digest,
      signature: signDigest(digest, KEYS.alice),
    }
  })
}

function signingKeyVectors() {
  const accounts = { 'another account': ALICE, 'its own account': BOB }
  return entries(accounts, validator => {
    const digest = signingKeyDigest({ validator, signer: BOB }, DOMAIN)
    return { validator, signer: BOB, digest, signature: signDigest(digest, KEYS.bob) }
  })
}

/** `signer` is the recovered address. */
function signatureVectors() {
  return Object.entries(KEYS).flatMap(([name, key]) =>
    ['one', 'two', 'three', 'four'].map(message => {
      const digest = hashOf(message)
      const signature = signDigest(digest, key)
      return {
        name: `${name} signs ${message}`,
        digest,
        signature,
        signer: unwrap(recoverSigner(digest, signature)),
      }
    }),
  )
}

if (import.meta.main) {
  writeFileSync(new URL('protocol.vectors.json', import.meta.url), vectorsText())
}
