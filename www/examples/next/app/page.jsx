import { Ask } from './ask.jsx';

export default function Page() {
  return (
    <>
      <main>
        <h1>Crestwood Bakery</h1>
        <p>We bake from Tuesday to Saturday and open at seven. The rye bread comes out of the oven at nine.</p>
        <p>Orders for cakes need two days. Call Ada on 555 0134.</p>
      </main>
      <Ask />
    </>
  );
}
