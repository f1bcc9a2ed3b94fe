import { IntegrationsPage } from "@/integrations/IntegrationsPage";

export default function Page() {
  return <IntegrationsPage />;
}
