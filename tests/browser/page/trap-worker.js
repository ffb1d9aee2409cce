// The real worker behind the hook: imports are evaluated in order, before any message arrives.
import './trap-patch.js';
import '/dist/worker.js';
