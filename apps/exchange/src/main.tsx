import './style.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Exchange } from './Exchange.tsx'

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Exchange />
  </StrictMode>,
)
