using System.Text;
using Hive.Objects;

namespace Hive.Api.Tasks;

/// <summary>Where a task stands.</summary>
public enum TaskStage : byte { Pending, Assigned, Done, Refused }

/// <summary>Value of <c>/hive/tasks/ID</c>.</summary>
/// <param name="Stage">Name of a <see cref="TaskStage"/>.</param>
/// <param name="Drone">Node name of the drone that it is assigned to; empty before.</param>
/// <param name="BootId">Boot of that drone: another boot has forgotten the task.</param>
/// <param name="Attempt">How many drones it was assigned to, the present one included.</param>
/// <param name="Reason">Why it was refused for good; empty otherwise.</param>
public sealed record TaskRecord(string Id, string Text, string Stage, string Drone, string BootId, int Attempt, long SubmittedAtUnixSeconds, string Reason)
{
    public bool IsOver => Stage is nameof(TaskStage.Done) or nameof(TaskStage.Refused);

    public static byte[] Key(string id) => Encoding.UTF8.GetBytes(HiveKeys.Tasks + id);

    public static TaskRecord New(string id, string text, long nowUnixSeconds) =>
        new(id, text, nameof(TaskStage.Pending), "", "", 0, nowUnixSeconds, "");
}
