using System.Globalization;
using System.Text;

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
            // A compare-and-set whose comparison did not hold is a failure in Jepsen's own terms.
            if (operation is { Outcome: Outcome.Ok, Action: Action.CompareAndSet { Swapped: false } }) type = "fail";
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
        _ => "hold",
    };

    private static string Asked(Operation operation) => operation.Action switch
    {
        Action.Read => $"[{Quote(operation.Key)} nil]",
        Action.ReadAll => "nil",
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
        Action.Increment increment => increment.By.ToString(CultureInfo.InvariantCulture),
        Action.Hold hold => $"[{hold.From} {hold.Until} {hold.Token}]",
        _ => "nil",
    };

    private static string Steps(Action.Transaction transaction, bool answered) =>
        $"[{string.Join(' ', transaction.Steps.Select(s => s.Read is { } seen ? $"[:r {Quote(s.Key)} {(answered ? $"[{string.Join(' ', seen)}]" : "nil")}]" : $"[:append {Quote(s.Key)} {s.Append}]"))}]";

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
}
