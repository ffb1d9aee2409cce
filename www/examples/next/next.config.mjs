/** @type {import('next').NextConfig} */
export default {
  // Plain files, for any host; leave it out for a server of Next's own.
  output: 'export',
  basePath: process.env.BASE_PATH,
};
