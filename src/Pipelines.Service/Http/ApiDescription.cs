using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Pipelines.Service.Http;

/// <summary>The API's description, that of the broker beside it, and a page to try it that needs nothing from the internet.</summary>
internal static class ApiDescription
{
    public static IServiceCollection AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi("v1", options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "Pipelines",
                    Version = "v1",
                    Description = "Promotes the flows of a development Node-RED to every replica of an HA one. Errors are RFC 9457 problems.",
                };
                // Where it is reached is the caller's to know; what Kestrel listens on is not it.
                document.Servers = [];
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
                document.Components.SecuritySchemes[BearerHandler.SchemeName] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "A token from POST /tokens, or the first one from the setting Pipelines:Tokens:Admin.",
                };
                return Task.CompletedTask;
            });
            options.AddOperationTransformer(DescribeScope);
            options.AddOperationTransformer(DescribeHeaders);
        });

    public static void MapApiDescription(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi().AllowAnonymous();
        app.MapGet("/asyncapi.yaml", () => TypedResults.Stream(typeof(ApiDescription).Assembly.GetManifestResourceStream("asyncapi.yaml")!, "application/yaml"))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapScalarApiReference("/docs", options =>
        {
            options.Title = "Pipelines";
            // Fonts come from the internet, and a plant may have none.
            options.DefaultFonts = false;
            options.Telemetry = false;
            // So do its assistant and its generators, and they would take the API's description there.
            options.HideClientButton = true;
            options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            options.Agent = new ScalarAgentOptions { Disabled = true };
            options.AddPreferredSecuritySchemes(BearerHandler.SchemeName);
        }).AllowAnonymous();
    }

    private static Task DescribeHeaders(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var header in context.Description.ActionDescriptor.EndpointMetadata.OfType<HeardHeader>())
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = header.Name,
                In = ParameterLocation.Header,
                Required = header.Required,
                Description = header.Meaning,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        return Task.CompletedTask;
    }

    private static Task DescribeScope(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<NeedsScope>().LastOrDefault() is { } needs && !metadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Description = $"{operation.Description}\n\nScope: `{needs.Scope}`.".Trim();
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerHandler.SchemeName, context.Document)] = [] }];
        }

        return Task.CompletedTask;
    }
}
