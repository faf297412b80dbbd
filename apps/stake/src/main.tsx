import './style.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Stake } from './Stake.tsx'

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Stake />
  </StrictMode>,
)
