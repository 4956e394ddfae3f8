import { createRoot } from 'react-dom/client';

import { Boot } from './app/Boot.tsx';
import { applyTheme, storedTheme } from './app/theme.ts';
import './styles/index.css';

applyTheme(storedTheme());
const root = document.getElementById('root');
if (root) createRoot(root).render(<Boot />);
