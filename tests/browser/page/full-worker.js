// The real worker on a full disk: imports are evaluated in order, before any message arrives.
import './full-patch.js';
import '/dist/worker.js';
