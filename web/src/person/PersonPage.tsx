import { useConnection } from 'wagmi';

import { Hello } from './Hello.tsx';
import { StatementPage } from './StatementPage.tsx';

export default function PersonPage() {
  const { address } = useConnection();
  return address ? <StatementPage subject={address} /> : <Hello />;
}
