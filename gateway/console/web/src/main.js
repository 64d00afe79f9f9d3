// The page is loaded only once inline styles are taken care of: its modules
// make the first of them.
import './inline-styles.js';

import('./page.jsx');
