const SIGNS = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as HTML. */
export const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => SIGNS[sign]);

/** Text with `code` and links of doc comments, as HTML. */
export const inline = (text) => escape(text).replace(/\{@link ([^}]*)\}/g, '`$1`').replace(/`([^`]*)`/g, '<code>$1</code>');
