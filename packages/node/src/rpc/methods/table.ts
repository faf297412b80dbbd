import type { Method } from '../method.ts'
import { getBlock } from './blocks.ts'
import { getCheckpoint, getExitProof } from './checkpoints.ts'
import { armDeadMan, disarmDeadMan } from './dead-man.ts'
import { getEvidence } from './evidence.ts'
import { getListings, getLocks } from './facts.ts'
import { getFees, quoteFee } from './fees.ts'
import { getInstruction } from './instructions.ts'
import { getBook, getMarkets } from './markets.ts'
import { getParameters, getValidators, status } from './node.ts'
import { getOrder, getOrders, getTradingBalances } from './orders.ts'
import { getBalances, getOutput, getOutputs } from './outputs.ts'
import { getSpend, getTransaction, submit, submitMany } from './transactions.ts'

/** All methods that work over HTTP and WebSocket alike. */
export const METHODS: readonly Method[] = [
  submit,
  submitMany,
  getTransaction,
  getSpend,
  getOutputs,
  getOutput,
  getBalances,
  getListings,
  getLocks,
  getMarkets,
  getBook,
  getOrders,
  getOrder,
  getTradingBalances,
  getInstruction,
  armDeadMan,
  disarmDeadMan,
  getBlock,
  getCheckpoint,
  getExitProof,
  getEvidence,
  getFees,
  quoteFee,
  getParameters,
  getValidators,
  status,
]
