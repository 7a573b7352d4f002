// Clusters share the machine's processors and the demo its ports: one test at a time.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
