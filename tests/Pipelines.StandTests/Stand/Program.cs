using Microsoft.Testing.Platform.Builder;
using Pipelines.StandTests;
using Pipelines.StandTests.Stand;

// The platform writes this file itself, were there not one verb more: a test kills this very program while it has a child.
if (args is [OrphanProgram.Verb, var folder])
{
    return await OrphanProgram.RunAsync(folder);
}

var builder = await TestApplication.CreateBuilderAsync(args);
SelfRegisteredExtensions.AddSelfRegisteredExtensions(builder, args);
using var tests = await builder.BuildAsync();
return await tests.RunAsync();
