using System.Globalization;
using System.Text;
using Hive.Jepsen.Clients;

namespace Hive.Jepsen.Histories;

/// <summary>A history in Jepsen's EDN form: one map a line for each invocation and each completion, in time order.</summary>
public static class Edn
{
    public static string Write(IEnumerable<Operation> history)
    {
        var lines = new List<(long At, int Order, string Text)>();
        foreach (Operation operation in history)
        {
            lines.Add((operation.InvokedAt, 0, Line(operation, "invoke", operation.InvokedAt, Asked(operation), false)));
            string type = operation.Outcome switch { Outcome.Ok => "ok", Outcome.Failed => "fail", _ => "info" };
            string value = operation.Outcome == Outcome.Ok ? Answered(operation) : Asked(operation);
            // A write whose comparison did not hold is a failure in Jepsen's own terms.
            if (operation is { Outcome: Outcome.Ok, Action: Action.CompareAndSet { Swapped: false } or ObjectActions.Create { Created: null } or ObjectActions.Replace { Replaced: null } or ObjectActions.Remove { Removed: false } }) type = "fail";
            lines.Add((operation.CompletedAt, 1, Line(operation, type, operation.CompletedAt, value, true)));
        }
        var text = new StringBuilder();
        int index = 0;
        foreach (var line in lines.OrderBy(l => l.At).ThenBy(l => l.Order)) text.Append(CultureInfo.InvariantCulture, $"{{:index {index++}, {line.Text}}}\n");
        return text.ToString();
    }

    private static string Line(Operation operation, string type, long time, string value, bool completed)
    {
        string error = completed && operation.Error.Length > 0 ? $", :error {Quote(operation.Error)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $":type :{type}, :process {operation.Process}, :f :{Function(operation.Action)}, :value {value}, :time {time}, :member {Quote(operation.Member)}{error}");
    }

    private static string Function(Action action) => action switch
    {
        Action.Read or Action.ReadAll => "read",
        Action.Write => "write",
        Action.CompareAndSet => "cas",
        Action.Transaction => "txn",
        Action.Add => "add",
        Action.Increment => "add",
        Action.ReadCount => "read",
        Action.Store => "write",
        Action.Compact => "compact",
        Action.Watched => "watch",
        Action.Grant => "grant",
        Action.Attach => "attach",
        Action.Renew => "renew",
        Action.Revoke => "revoke",
        Action.Look or Action.LookAtEnd => "look",
        Action.Hold => "hold",
        ObjectActions.Create => "create",
        ObjectActions.Replace => "replace",
        ObjectActions.Remove => "delete",
        ObjectActions.Get => "read",
        ObjectActions.List => "list",
        ObjectActions.Watch => "watch",
        PodActions.Change => "change",
        PodActions.Told => "watch",
        PodActions.Settle => "settle",
        _ => action.GetType().Name.ToLowerInvariant(),
    };

    private static string Asked(Operation operation) => operation.Action switch
    {
        Action.Read => $"[{Quote(operation.Key)} nil]",
        Action.ReadAll or Action.LookAtEnd or Action.Hold => "nil",
        Action.ReadCount => $"[{Quote(operation.Key)} nil]",
        Action.Grant grant => $"[nil {grant.Seconds}]",
        Action.Renew renew => $"[{renew.Lease} nil]",
        Action.Look look => $"[{look.Lease} nil]",
        Action.Watched watched => $"[{watched.Start} nil]",
        ObjectActions.Create create => $"[{Quote(operation.Key)} {create.Value}]",
        ObjectActions.Replace replace => $"[{Quote(operation.Key)} {replace.Base.Version} {replace.Value}]",
        ObjectActions.Remove remove => $"[{Quote(operation.Key)} {remove.Base.Version}]",
        ObjectActions.Get => $"[{Quote(operation.Key)} nil]",
        ObjectActions.List or PodActions.Settle => "nil",
        PodActions.Told told => $"[{Quote(told.Prefix)} {told.After} nil]",
        ObjectActions.Watch watch => $"[{watch.From} nil]",
        Action.Transaction transaction => Steps(transaction, false),
        _ => Answered(operation),
    };

    private static string Answered(Operation operation) => operation.Action switch
    {
        Action.Read read => $"[{Quote(operation.Key)} {read.Value?.ToString(CultureInfo.InvariantCulture) ?? "nil"}]",
        Action.Write write => string.Create(CultureInfo.InvariantCulture, $"[{Quote(operation.Key)} {write.Value}]"),
        Action.CompareAndSet cas => $"[{Quote(operation.Key)} [{cas.Old?.ToString(CultureInfo.InvariantCulture) ?? "nil"} {cas.New}]]",
        Action.Transaction transaction => Steps(transaction, true),
        Action.Add add => add.Element.ToString(CultureInfo.InvariantCulture),
        Action.ReadAll all => $"#{{{string.Join(' ', all.Elements)}}}",
        Action.Increment => $"[{Quote(operation.Key)} 1]",
        Action.ReadCount count => string.Create(CultureInfo.InvariantCulture, $"[{Quote(operation.Key)} {count.Count}]"),
        Action.Store store => $"[{string.Join(' ', store.Changes.Select(c => $"[{Quote(c.Key)} {(c.Value is null ? "nil" : Quote(c.Value))}]"))}]",
        Action.Compact compact => compact.At.ToString(CultureInfo.InvariantCulture),
        Action.Watched watched => $"[{watched.Start} [{string.Join(' ', watched.Messages.Select(Message))}]]",
        Action.Grant grant => $"[{grant.Lease} {grant.Seconds}]",
        Action.Attach attach => attach.Lease.ToString(CultureInfo.InvariantCulture),
        Action.Renew renew => $"[{renew.Lease} {renew.Seconds}]",
        Action.Revoke revoke => revoke.Lease.ToString(CultureInfo.InvariantCulture),
        Action.Look look => $"[{look.Lease} {(look.Present ? "true" : "false")}]",
        Action.LookAtEnd look => $"[{string.Join(' ', look.Present)}]",
        ObjectActions.Create create => $"[{Quote(operation.Key)} {Object(create.Created)}]",
        ObjectActions.Replace replace => $"[{Quote(operation.Key)} {replace.Base.Version} {Object(replace.Replaced)}]",
        ObjectActions.Remove remove => $"[{Quote(operation.Key)} {remove.Base.Version} {(remove.Removed ? "true" : "false")}]",
        ObjectActions.Get get => $"[{Quote(operation.Key)} {Object(get.Seen)}]",
        ObjectActions.List list => string.Create(CultureInfo.InvariantCulture, $"{{:revision {operation.Revision}, :objects [{string.Join(' ', list.Objects.Select(Object))}]}}"),
        ObjectActions.Watch watch => $"[{watch.From} [{string.Join(' ', watch.Events.Select(e => $"[:{e.Type.ToLowerInvariant()} {Object(e.Object)}]"))}]]",
        PodActions.Change change => Quote(change.What),
        PodActions.Told told => $"[{Quote(told.Prefix)} {told.After} {told.Until} [{string.Join(' ', told.Facts.Select(f => $"[{f.Revision} {Quote(f.Key)} {Quote(f.Uid)} {Quote(f.Owner)} {(f.Counts ? "true" : "false")} {f.Replicas}]"))}]]",
        PodActions.Settle settle => $"{{:problem {Quote(settle.Problem)}, :at {settle.At}, :running [{string.Join(' ', settle.Running.Select(Quote))}], :lives [{string.Join(' ', settle.Lives.Select(l => $"[{Quote(l.Pod)} {Quote(l.Uid)} {l.From} {l.Until}]"))}]}}",
        Action.Hold hold => $"{{:from {hold.From}, :until {hold.Until}, :token {hold.Token}, :fenced-at {hold.FencedAt}}}",
        _ => "nil",
    };

    private static string Steps(Action.Transaction transaction, bool answered) =>
        $"[{string.Join(' ', transaction.Steps.Select(s => s.Read is { } seen ? $"[:r {Quote(s.Key)} {(answered ? $"[{string.Join(' ', seen)}]" : "nil")}]" : $"[:append {Quote(s.Key)} {s.Append}]"))}]";

    private static string Message(WatchMessage message) =>
        $"{{:revision {message.Revision}{(message.Created ? ", :created true" : "")}{(message.Ended ? $", :ended true, :compacted-at {message.CompactedAt}" : "")}, :events [{string.Join(' ', message.Changes.Select(c => $"[{c.ModRevision} {Quote(c.Key)} {(c.Value is null ? "nil" : Quote(c.Value))}]"))}]}}";

    private static string Object(ObjectState? state) =>
        state is null ? "nil" : string.Create(CultureInfo.InvariantCulture, $"{{:name {Quote(state.Name)}, :uid {Quote(state.Uid)}, :version {state.Version}, :values [{string.Join(' ', state.Values)}]}}");

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
}
