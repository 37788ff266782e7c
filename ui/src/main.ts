import { mount } from 'svelte';

import App from './App.svelte';
import { fontsFor } from './lib/design/fonts';
import './lib/design/fonts.css';
import './lib/design/tokens.css';
import './lib/design/base.css';
import { startDisplay } from './features/settings/display.svelte';
import { followOtherWindows, letters, preferredLocale, speak } from './lib/i18n';
import { connect } from './lib/ipc';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');

startDisplay();
followOtherWindows();
// A language that can't be loaded leaves English, which is at hand. The first screen stands in its own type.
void speak(preferredLocale()).then(() => fontsFor(letters())).then(() => mount(App, { target, props: { backend: connect() } }));
