using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hive.Drone.Serving;

/// <summary>A task's body, or what is wrong with it.</summary>
public readonly record struct TaskBody(string Text, string? Id, string Problem);

/// <summary>Prints tasks. One with an id that was already printed here is answered and not printed again.</summary>
public sealed class TaskRoom(Action<string> print)
{
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Lock _gate = new();

    /// <summary>Reads <c>{"text": ..., "id": ...}</c>.</summary>
    public static TaskBody Read(ReadOnlySpan<byte> body)
    {
        TaskJsonBody? task;
        try
        {
            task = JsonSerializer.Deserialize(body, TaskJson.Default.TaskJsonBody);
        }
        catch (JsonException failure)
        {
            return new TaskBody("", null, $"the body is not JSON of a task: {failure.Message}");
        }
        if (task?.Text is not { } text) return new TaskBody("", null, "\"text\" is missing");
        if (string.IsNullOrWhiteSpace(text)) return new TaskBody("", null, "\"text\" is empty");
        if (text.Length > DroneLimits.TaskTextLength) return new TaskBody("", null, $"\"text\" has more than {DroneLimits.TaskTextLength} characters");
        return new TaskBody(text, task.Id, "");
    }

    /// <summary>False when it was printed before.</summary>
    public bool Do(TaskBody task)
    {
        lock (_gate)
        {
            if (task.Id is { Length: > 0 } id)
            {
                if (!_done.Add(id)) return false;
                _order.Enqueue(id);
                if (_order.Count > DroneLimits.TasksRemembered) _done.Remove(_order.Dequeue());
            }
            print(task.Text);
            return true;
        }
    }
}

internal sealed record TaskJsonBody(string? Text, string? Id);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(TaskJsonBody))]
internal sealed partial class TaskJson : JsonSerializerContext;
