import { useEffect } from "preact/hooks";
import type { PanelInfo } from "../wire";
import { useDesk } from "./desk/desk";
import { useFetched } from "./desk/fetched";
import { useRoute } from "./desk/route";
import { useSource } from "./desk/source";
import { Events } from "./events/events";
import { Frame } from "./frame/frame";
import { Log } from "./log/log";
import { Overview } from "./overview/overview";
import { Panel } from "./panel/panel";
import { Announcements } from "./parts/announcements";
import { Loading, Notice } from "./parts/notice";
import { Page } from "./parts/page";
import { Gate } from "./signin/gate";
import { SignInDialog } from "./signin/signin";
import { Try } from "./try/try";

const PANELS_MS = 60_000;

/** What is shown where, and what is around it. */
export function App() {
  const { signedIn, stream } = useDesk();
  const session = useSource(signedIn.session);
  const isAsking = useSource(signedIn.isAsking);
  const mayRead = session?.mayRead ?? false;
  const { value: panels, trouble } = useFetched<readonly PanelInfo[]>(mayRead ? "/panels" : undefined, PANELS_MS);

  useEffect(() => {
    if (!mayRead) return;
    stream.open(() => void signedIn.refresh());
    return () => stream.close();
  }, [mayRead, stream, signedIn]);

  return (
    <>
      {mayRead ? (
        <Frame panels={panels ?? []}>
          <Shown panels={panels} trouble={trouble} />
        </Frame>
      ) : (
        <Gate session={session} />
      )}
      {isAsking && <SignInDialog />}
      <Announcements />
    </>
  );
}

interface ShownProps {
  readonly panels: readonly PanelInfo[] | undefined;
  readonly trouble: string | undefined;
}

function Shown({ panels, trouble }: ShownProps) {
  const route = useRoute();
  if (route.page === "overview") return <Overview />;
  if (route.page === "log") return <Log />;
  if (route.page === "try") return <Try route={route} />;
  if (route.page === "events") return <Events />;
  if (route.page === "panel" && !panels) {
    return <Page title="Panel">{trouble ? <Notice title={trouble} tone="bad" /> : <Loading what="Looking…" />}</Page>;
  }
  const [api, name] = route.parts;
  const info = route.page === "panel" ? panels?.find((each) => each.api === api && each.name === name) : undefined;
  if (info) return <Panel key={`${info.api}/${info.name}`} info={info} route={route} />;
  return (
    <Page title="Not here">
      <Notice title="There is no such page">
        <a href="/#/">To the overview</a>
      </Notice>
    </Page>
  );
}
