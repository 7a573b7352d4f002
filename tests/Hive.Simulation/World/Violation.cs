namespace Hive.Simulation.World;

/// <summary>A promise was broken.</summary>
/// <param name="promise">Its name, as in the README's table.</param>
internal sealed class Violation(string promise, string detail) : Exception($"{promise}: {detail}")
{
    public string Promise { get; } = promise;

    public static void Unless(bool holds, string promise, Func<string> detail)
    {
        if (!holds) throw new Violation(promise, detail());
    }
}

/// <summary>The simulated process ends here, as at a power cut. Not an error: the nemesis ordered it.</summary>
internal sealed class SimulatedCrash(string point) : Exception(point);
