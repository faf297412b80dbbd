import { setFeePreference } from '@omg/rootchain'
import { type FeeSchedule, fieldsOf, weightOf } from '@omg/stake'
import { Figure, Panel } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useMemo, useState } from 'react'
import { useStake } from '../context.ts'
import { lasting, partOf, wholeOmg } from '../words.ts'
import { fieldsOfVote, lanesOfVote } from './fields.ts'
import { type Draft, EMPTY, outcomeOf, preferenceOf, previewOf } from './preview.ts'
import { VoteTable } from './VoteTable.tsx'

/** What fees are, what the stakers move them to, and one's own vote with what would come of it before it is sent. */
export default function FeesView() {
  const { stake, account, now } = useStake()
  const { fees } = stake
  const weight = account && weightOf(stake.votes.at(stake.head), account.address)
  return (
    <>
      <h1 className="sr-only">Fees</h1>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure label="Votes are counted" note="once an epoch">
          {fees.epoch ? `in ${lasting(fees.epoch.endsAt - now)}` : 'never'}
        </Figure>
        <Figure label="Congestion" note="on fees of payments">
          {timesOf(fees.congestion)}
        </Figure>
        <Figure label="Own votes" note="stand now">
          {stake.votes.at(stake.head).preferences.size}
        </Figure>
        <Figure
          label="You speak for"
          note={weight ? `${partOf(weight.own, weight.all)} of all stake` : 'nobody is signed in'}
        >
          {wholeOmg(weight?.own ?? 0n)} OMG
        </Figure>
      </div>
      <VotePanel />
    </>
  )
}

/** Parts per million as a factor. */
const timesOf = (parts: bigint) => `× ${(Number(parts) / 1_000_000).toFixed(3)}`

function VotePanel() {
  const { stake, account, act, busy } = useStake()
  const [draft, setDraft] = useState<Draft>(EMPTY)
  const { fees, facts, head, votes } = stake
  const fields = fieldsOfVote(stake.feeTokens)
  const standing = account && votes.at(head).preferences.get(account.address)
  const base = standing ?? fees.voted
  const isChanged = draft.typed.size + draft.accepted.size > 0
  const preference = preferenceOf(base, fields, draft)
  const asIs = useMemo(() => outcomeOf(votes, head, fees.voted), [votes, head, fees.voted])
  const key = preference && [...fieldsOf(preference), ...preference.accepted].join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the preference
  const preview = useMemo(
    () =>
      account && preference && isChanged
        ? previewOf({ facts, head, fees }, account.address, preference)
        : undefined,
    [facts, head, fees.voted, account, key, isChanged],
  )
  const send = async (vote: FeeSchedule | undefined) => {
    const words = vote
      ? { doing: 'Voting', done: 'Your vote stands' }
      : { doing: 'Taking the vote back', done: 'Your stake follows its validator' }
    if (await act(words, rootChain => setFeePreference(rootChain, { preference: vote }))) setDraft(EMPTY)
  }
  return (
    <Panel
      title="Vote on the fees"
      aside={
        <span className="text-xs text-quiet max-sm:hidden">
          the median of all stake decides, a quarter up or a fifth down an epoch
        </span>
      }
    >
      <VoteTable
        fields={fields}
        lanes={lanesOfVote(stake.feeTokens)}
        wished={base}
        outcome={preview ?? asIs}
        draft={draft}
        onDraft={setDraft}
      />
      <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line px-4 py-3">
        <p className="min-h-10 min-w-60 flex-1 text-sm text-quiet" aria-live="polite">
          {wordsFor({ standing, preference, epochs: preview?.epochs, isSignedIn: account !== undefined })}
        </p>
        {isChanged ? (
          <Button look="quiet" disabled={busy} onClick={() => setDraft(EMPTY)}>
            Start over
          </Button>
        ) : null}
        {standing ? (
          <Button disabled={busy} onClick={() => void send(undefined)}>
            Follow the validator
          </Button>
        ) : null}
        <Button
          look="main"
          busy={busy}
          disabled={account === undefined || preference === undefined || !isChanged}
          onClick={() => void send(preference)}
        >
          Vote
        </Button>
      </div>
    </Panel>
  )
}

function wordsFor({
  standing,
  preference,
  epochs,
  isSignedIn,
}: {
  standing: FeeSchedule | undefined
  preference: FeeSchedule | undefined
  epochs: number | undefined
  isSignedIn: boolean
}): string {
  if (!isSignedIn) return 'Who stakes votes: sign in under “Your stake” to say what fees should be.'
  if (preference === undefined)
    return 'What is red may not be voted for; one token at least has to be accepted.'
  if (epochs === 0) return 'With this vote fees stay as they are: others have more stake, for now.'
  if (epochs !== undefined)
    return `With this vote fees come to rest after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, if nobody votes anew.`
  return standing
    ? 'Your vote stands, with your own stake.'
    : 'Your stake follows its validator. A vote of yours counts with your own stake; change what you want changed.'
}
