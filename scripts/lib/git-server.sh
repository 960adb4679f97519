# An on-prem Git server for demos and tests: nginx + fcgiwrap + `git http-backend`, HTTPS, HTTP
# basic auth, a private CA of its own, on loopback.
# shellcheck shell=bash

# make_git_server_certificates DIR
#   DIR/ca.pem and a certificate for 127.0.0.1 and localhost.
make_git_server_certificates() {
  local dir=$1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -keyout "$dir/ca-key.pem" -out "$dir/ca.pem" -subj "/CN=On-prem Git CA" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" \
    2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/key.pem" \
    -out "$dir/request.pem" -subj "/CN=localhost" 2>/dev/null
  openssl x509 -req -in "$dir/request.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca-key.pem" \
    -CAcreateserial -days 2 -out "$dir/certificate.pem" -extfile <(
      printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n'
    ) 2>/dev/null
}

# start_git_server DIR REPOSITORIES USER PASSWORD
#   Serves the bare repositories below REPOSITORIES under https://localhost:PORT/git/.
#   Sets git_server_port. DIR holds its files and logs. Needs services.sh.
start_git_server() {
  local dir=$1 repositories=$2 user=$3 password=$4
  mkdir -p "$dir"
  make_git_server_certificates "$dir"
  printf '%s:%s\n' "$user" "$(openssl passwd -apr1 -stdin <<<"$password")" >"$dir/htpasswd"
  git config --file "$dir/gitconfig" safe.directory '*'

  start_service "$dir/fcgiwrap.log" env GIT_CONFIG_GLOBAL="$dir/gitconfig" \
    fcgiwrap -c 4 -s "unix:$dir/fcgi.sock"

  local attempt
  for attempt in {1..20}; do
    git_server_port=$((20000 + RANDOM % 20000))
    write_nginx_configuration "$dir" "$repositories" "$git_server_port"
    start_service "$dir/nginx.log" nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log"
    local nginx=$service_pid
    local waited
    for waited in {1..100}; do
      kill -0 "$nginx" 2>/dev/null || continue 2
      if [[ -s $dir/nginx.pid ]] && : 2>/dev/null </dev/tcp/127.0.0.1/"$git_server_port"; then
        return 0
      fi
      sleep 0.05
    done
    stop_service "$nginx" 1
  done
  return 1
}

write_nginx_configuration() {
  local dir=$1 repositories=$2 port=$3 user_line=
  ((EUID == 0)) && user_line="user root;"
  cat >"$dir/nginx.conf" <<NGINX
$user_line
daemon off;
worker_processes 1;
pid "$dir/nginx.pid";
error_log "$dir/error.log" warn;
events { worker_connections 256; }
http {
  access_log "$dir/access.log";
  client_max_body_size 0;
  client_body_temp_path "$dir/body";
  fastcgi_temp_path "$dir/fastcgi";
  proxy_temp_path "$dir/proxy";
  scgi_temp_path "$dir/scgi";
  uwsgi_temp_path "$dir/uwsgi";
  server {
    listen 127.0.0.1:$port ssl;
    server_name localhost;
    ssl_certificate "$dir/certificate.pem";
    ssl_certificate_key "$dir/key.pem";
    location ~ ^/git(/.*)\$ {
      auth_basic "on-prem git";
      auth_basic_user_file "$dir/htpasswd";
      fastcgi_pass "unix:$dir/fcgi.sock";
      fastcgi_buffering off;
      fastcgi_request_buffering off;
      fastcgi_read_timeout 600s;
      fastcgi_param SCRIPT_FILENAME $(git --exec-path)/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT "$repositories";
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO \$1;
      fastcgi_param REMOTE_USER \$remote_user;
      fastcgi_param REMOTE_ADDR \$remote_addr;
      fastcgi_param REQUEST_METHOD \$request_method;
      fastcgi_param QUERY_STRING \$query_string;
      fastcgi_param CONTENT_TYPE \$content_type;
      fastcgi_param CONTENT_LENGTH \$content_length;
      fastcgi_param HTTP_CONTENT_ENCODING \$http_content_encoding;
      fastcgi_param GIT_PROTOCOL \$http_git_protocol;
    }
  }
}
NGINX
}

# make_demo_repository BARE_REPOSITORY
#   A private repository with history, folders and a few hundred files.
make_demo_repository() {
  local bare=$1 work
  work=$(mktemp -d)
  git init --quiet --initial-branch=main "$work"
  local author=(-c user.name=Demo -c user.email=demo@example.invalid -c commit.gpgsign=false)
  local commit folder file
  for commit in {1..6}; do
    for folder in {1..5}; do
      mkdir -p "$work/module-$folder/part-$commit"
      for file in {1..12}; do
        printf 'module %d, part %d, file %d\n' "$folder" "$commit" "$file" \
          >"$work/module-$folder/part-$commit/file-$file.txt"
      done
    done
    git -C "$work" add --all
    git -C "$work" "${author[@]}" commit --quiet -m "Part $commit"
  done
  printf '#!/bin/sh\necho "hello from $(git rev-parse --short HEAD 2>/dev/null || echo here)"\n' \
    >"$work/hello.sh"
  chmod +x "$work/hello.sh"
  git -C "$work" add --all
  git -C "$work" "${author[@]}" commit --quiet -m "A script"
  git clone --quiet --bare "$work" "$bare"
  rm -rf "$work"
}
