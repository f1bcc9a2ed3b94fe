/** The service redirects by itself; this is for other static hosts. */
export default function Home() {
  return (
    <main>
      <meta httpEquiv="refresh" content="0;url=/integrations" />
      <p className="empty">
        <a href="/integrations">Integrations</a>
      </p>
    </main>
  );
}
