import { HtmlBasePlugin } from '@11ty/eleventy';

export default function (eleventy) {
  // Where answerlet-install has put the runtime and the model.
  eleventy.addPassthroughCopy({ static: '/' });
  // Makes /answerlet/ of the layout lie under the site's path.
  eleventy.addPlugin(HtmlBasePlugin);
}

export const config = { pathPrefix: process.env.BASE_PATH ?? '/' };
