import { mount } from 'svelte';

import App from './App.svelte';
import './lib/design/tokens.css';
import './lib/design/base.css';
import { connect } from './lib/ipc';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');

mount(App, { target, props: { backend: connect() } });
