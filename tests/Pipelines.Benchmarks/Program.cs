if (args is ["rules"]) { return await Pipelines.Benchmarks.Rules.CheckBenchmark.RunAsync(); }
return 0;
