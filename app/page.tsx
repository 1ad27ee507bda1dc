export default function Home() {
  return <main>Meshscope</main>;
}
