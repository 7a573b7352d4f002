using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>Deletes events an hour after they were last said, as Kubernetes does: they tell of the present, the log keeps the past.</summary>
public sealed class EventExpiryController : IController
{
    private const long KeptSeconds = 3_600;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);
    private static readonly ObjectKey Sweep = new(Resources.Events, "", "");

    public string Name => "event-expiry";

    public Band Band => Band.Housekeeping;

    public void Begin(IView view, IWakeList wake) => wake.Add(Sweep);

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        // Events come often and go late: a sweep a minute finds those that are due.
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        var plan = new PlanBuilder(view, now, Name);
        plan.LookAgain(now.Log + SweepEvery);
        foreach (var stored in view.All<Event>())
        {
            var said = stored.Value.LastTimestamp ?? stored.Value.EventTime?.ToTime() ?? stored.Metadata.CreationTimestamp;
            if (said is not { } at || !now.HasReached(at.Deadline(KeptSeconds))) continue;
            if (plan.IsFull)
            {
                plan.LookAgainNow();
                break;
            }
            plan.Remove(stored);
        }
        return plan.Build();
    }
}
