using Pipelines.Service.Wiring;

return await ServiceApp.RunAsync(args, Console.Error);
