using Hive.Benchmarks.Store;

return args switch
{
    ["store", .. var rest] => StoreBenchmarks.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: Hive.Benchmarks store [--keys N]
                 the state machine alone, in this process: rates, allocations, pauses
        """);
    return 2;
}
