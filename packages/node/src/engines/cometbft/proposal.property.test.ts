import { create, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ResponsePrepareProposalSchema, ResponseSchema } from './gen/tendermint/abci/types_pb.js'
import { encodeProposal } from './proposal.ts'

test('a proposal is encoded as by the general encoder', () => {
  const transaction = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(70_000).fill(7)))
  fc.assert(
    fc.property(fc.array(transaction), txs => {
      const value = create(ResponsePrepareProposalSchema, { txs })
      const general = toBinary(
        ResponseSchema,
        create(ResponseSchema, { value: { case: 'prepareProposal', value } }),
      )
      expect(encodeProposal(txs).equals(general)).toBe(true)
    }),
  )
})
