import { type FormEvent, useState } from 'react'
import { searchRoute } from '../route.ts'

export function SearchForm() {
  const [text, setText] = useState('')
  const [unclear, setUnclear] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const route = searchRoute(text)
    setUnclear(route === undefined)
    if (route === undefined) return
    location.hash = route
    setText('')
  }
  return (
    <form onSubmit={submit} className="relative flex gap-2">
      <label className="sr-only" htmlFor="search">
        Search by height, hash or address
      </label>
      <input
        id="search"
        value={text}
        onChange={event => setText(event.target.value)}
        placeholder="Height, hash or address"
        autoComplete="off"
        spellCheck={false}
        maxLength={100}
        aria-invalid={unclear}
        aria-describedby={unclear ? 'search-problem' : undefined}
        className="h-10 min-w-0 flex-1 rounded-lg border border-line bg-ground px-3 placeholder:text-quiet"
      />
      <button type="submit" className="h-10 rounded-lg border border-line px-4 font-medium hover:bg-ground">
        Search
      </button>
      {unclear ? (
        <p
          id="search-problem"
          role="alert"
          className="absolute top-full z-10 mt-1 rounded-lg border border-line bg-surface px-3 py-2 text-bad"
        >
          That is no height, hash (0x and 64 digits) or address (0x and 40 digits).
        </p>
      ) : null}
    </form>
  )
}
