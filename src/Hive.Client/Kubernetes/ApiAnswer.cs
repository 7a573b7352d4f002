using System.Text.Json.Nodes;
using Hive.Client.Connections;

namespace Hive.Client.Kubernetes;

/// <summary>What the API answered: an object, a Status, or nothing because no queen could be reached.</summary>
/// <param name="Code">HTTP status; 0 when there was no answer.</param>
/// <param name="Body">The decoded JSON; null when there is none.</param>
public sealed record ApiAnswer(int Code, JsonObject? Body, Fate Fate, string Problem)
{
    public bool Ok => Code is >= 200 and < 300;

    /// <summary>The Status reason of a refusal, e.g. <c>NotFound</c>; empty otherwise.</summary>
    public string Reason => Ok ? "" : (string?)Body?["reason"] ?? "";

    /// <summary>One sentence that says what went wrong, fit to be printed.</summary>
    public string Message
    {
        get
        {
            if (Fate == Fate.NotDone) return $"no queen could be reached, nothing was changed ({Problem})";
            if (Fate == Fate.Unknown) return $"the connection broke before the answer came: the request may or may not have taken effect ({Problem})";
            string message = (string?)Body?["message"] ?? Problem;
            return message.Length > 0 ? message : $"the server answered {Code}";
        }
    }

    /// <summary>The revision of the object or list; empty when the answer has none.</summary>
    public string ResourceVersion => (string?)Body?["metadata"]?["resourceVersion"] ?? "";
}

/// <summary>One line of a watch.</summary>
/// <param name="Type">ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</param>
public sealed record WatchLine(string Type, JsonObject Object);
