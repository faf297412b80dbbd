import { useEffect, useState } from 'react'

export type Theme = 'light' | 'dark'
const KEY = 'theme'

const stored = (): Theme | undefined => {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : undefined
}
const preferred = matchMedia('(prefers-color-scheme: dark)')
const current = (): Theme => stored() ?? (preferred.matches ? 'dark' : 'light')
const apply = () => {
  document.documentElement.dataset.theme = current()
}
apply()
preferred.addEventListener('change', apply)

/** Dark or light: what the system prefers, until a person switches. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(current)
  useEffect(() => {
    const follow = () => setTheme(current())
    preferred.addEventListener('change', follow)
    return () => preferred.removeEventListener('change', follow)
  }, [])
  const toggle = () => {
    localStorage.setItem(KEY, theme === 'dark' ? 'light' : 'dark')
    apply()
    setTheme(current())
  }
  return [theme, toggle]
}
