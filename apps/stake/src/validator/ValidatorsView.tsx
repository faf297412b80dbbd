import { AccountPanel } from '../account/AccountPanel.tsx'
import { Overview } from './Overview.tsx'
import { ValidatorsPanel } from './ValidatorsPanel.tsx'

/** Who validates, and the way in for somebody who wants to stake. */
export function ValidatorsView() {
  return (
    <>
      <h1 className="sr-only">Validators</h1>
      <AccountPanel />
      <Overview />
      <ValidatorsPanel />
    </>
  )
}
