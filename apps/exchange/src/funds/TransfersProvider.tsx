import type { ReactNode } from 'react'
import { TransfersContext, useTransfersOf } from './transfers.ts'

/** Keeps money on its way moving, whatever is shown. */
export function TransfersProvider({ children }: { children: ReactNode }) {
  return <TransfersContext value={useTransfersOf()}>{children}</TransfersContext>
}
