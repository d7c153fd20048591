using Pipelines.Cli;

return await CommandLine.RunAsync(args, Terminal.OfProcess());
